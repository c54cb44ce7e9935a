"""What ten browsers cost that watch a goal while nothing happens."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import process_time
from typing import Final

import aiohttp
from homeassistant.setup import async_setup_component

from custom_components.qiwi.const import CONF_OVERLAY_SECRET, OVERLAY_PATH
from real_home_assistant.process import free_port

from .figures import Figure, at_most, exactly
from .remote_wallet import RemoteWallet
from .stage import Extras, stage

BROWSERS: Final = 10
REQUESTS: Final = 100
SECRET: Final = "0" * 43
GOAL: Final = Extras(goals=[{CONF_OVERLAY_SECRET: SECRET, "overlay_reach": "local"}])


async def overlay(wallet: RemoteWallet) -> list[Figure]:
    """Let browsers ask as fast as they can, from a process of their own."""
    async with stage(wallet.url, extras=[GOAL]) as made:
        port = free_port()
        http = {"server_host": "127.0.0.1", "server_port": port}
        await async_setup_component(made.hass, "http", {"http": http})
        await made.hass.async_start()
        await made.set_up()
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            url = f"http://127.0.0.1:{port}{OVERLAY_PATH}/data"
            await loop.run_in_executor(pool, watch, url, 1)
            begun = process_time()
            answers = await loop.run_in_executor(pool, watch, url, REQUESTS)
            spent = process_time() - begun
    return [
        exactly("overlay: answers 304 without a body", answers.count((304, 0)), BROWSERS * REQUESTS),
        at_most("overlay: CPU a request", spent / len(answers) * 1000, 0.3, " ms", is_time=True),
    ]


def watch(url: str, requests: int) -> list[tuple[int, int]]:
    """Be ten browsers; returns the status and the length of each answer."""
    return asyncio.run(_watch(url, requests))


async def _watch(url: str, requests: int) -> list[tuple[int, int]]:
    async def browser() -> list[tuple[int, int]]:
        headers = {"X-Qiwi-Overlay": SECRET}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.get(url) as first:
                first.raise_for_status()
                session.headers["If-None-Match"] = first.headers["ETag"]
            answers = []
            for _ in range(requests):
                async with session.get(url) as answer:
                    answers.append((answer.status, len(await answer.read())))
            return answers

    return [
        answer
        for answers in await asyncio.gather(*(browser() for _ in range(BROWSERS)))
        for answer in answers
    ]
