"""A comment that was cut in the middle of an emoji can be stored, however its server writes escapes."""

import json

import pytest

from custom_components.qiwi.api.document import decode


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\uD83D", rb"\ude00", rb"\uDE00"])
def test_half_an_emoji_alone_is_mended(half: bytes) -> None:
    document = decode(b'{"comment":"cut ' + half + b'"}')
    assert json.dumps(document, ensure_ascii=False).encode()
