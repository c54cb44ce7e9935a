"""What writes and sends mails stands without Home Assistant, and its library is loaded only where there is a server."""

import pytest

from tests.project.test_layers import MODULES, outside, own, top_level, tree


@pytest.mark.parametrize("name", ["mail", "mail_server", "mail_queue", "delivery"])
def test_mails_need_no_home_assistant(name: str) -> None:
    assert outside(name) <= {"aiosmtplib"}


def test_nobody_loads_the_mail_library_before_there_is_a_mail_server() -> None:
    assert [name for name in MODULES if "aiosmtplib" in outside(name)] == ["delivery"]
    assert [name for name in MODULES if "delivery" in own(name, top_level(tree(name).body))] == []
