"""A release: its tag is the manifest's version, its archive is what is unpacked, its notes are the changelog's."""

import json
from pathlib import Path
import subprocess
import sys
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HACS = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
MANIFEST = json.loads((ROOT / "custom_components/qiwi/manifest.json").read_text(encoding="utf-8"))
VERSION = MANIFEST["version"]


def release(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.release", tag, str(folder)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_release_is_the_integrations_folder_and_the_changelogs_words(tmp_path: Path) -> None:
    assert release(VERSION, tmp_path).returncode == 0
    with ZipFile(tmp_path / HACS["filename"]) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    # HACS and the Marketplace unpack it into the integration's folder.
    assert manifest["domain"] == "qiwi"
    assert {"__init__.py", "translations/ru.json", "api/client.py", "brand/icon.png"} <= set(names)
    assert not [name for name in names if "test" in name or "__pycache__" in name]
    notes = (tmp_path / "notes.md").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert notes.startswith("### ") and "## [" not in notes
    assert f"## [{VERSION}] - " in changelog and notes.strip() in changelog


@pytest.mark.parametrize("tag", ["0.0.1", f"v{VERSION}", "main"])
def test_a_tag_that_is_not_the_manifests_version_releases_nothing(tmp_path: Path, tag: str) -> None:
    refused = release(tag, tmp_path / "new")
    assert refused.returncode == 1
    assert refused.stderr == f"The tag is {tag}, the version in manifest.json {VERSION}.\n"
    assert not (tmp_path / "new").exists()


def test_hacs_is_told_of_the_archive_that_the_workflow_publishes() -> None:
    assert HACS["zip_release"]
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert f"dist/{HACS['filename']} --verify-tag" in workflow
    assert f"subject-path: dist/{HACS['filename']}" in workflow


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job.get("steps", ())]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_do_only_what_they_need_with_actions_that_are_pinned(workflow: Path) -> None:
    settings = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert settings["permissions"] == {}
    writing = {
        f"{name}: {what}"
        for name, job in settings["jobs"].items()
        for what, may in job["permissions"].items()
        if may != "read"
    }
    expected = {"release: contents", "release: id-token", "release: attestations"}
    assert writing == (expected if workflow.stem == "release" else set())
    for step in steps(workflow):
        _, separator, pin = step.get("uses", "").partition("@")
        assert not separator or (len(pin) == 40 and int(pin, 16))
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


def test_updates_wait_a_week() -> None:
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert {each["package-ecosystem"] for each in settings["updates"]} == {"github-actions", "pip"}
    assert all(each["cooldown"] == {"default-days": 7} for each in settings["updates"])
