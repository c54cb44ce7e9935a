"""Texts a stranger may write, for the tests of what is made of them."""

from hypothesis import strategies as st

ME = "me@example.com"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f"
RAINBOW_FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308"
SCIENTIST = "\U0001f469\U0001f3fd\u200d\U0001f52c"


TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aAbя1@@@@...,,-_+'\"<>():;/ \r\n\t!?\u200d\ufe0f\u0301\u200b\u2800" + FAMILY + HEART + "\ud800"
        ),
    ),
    max_size=700,
)
JUNK = [
    "@",
    "a@",
    "a.",
    "a@a.",
    "a@b.c,",
    "a@b.c ",
    "(((",
    ")<",
    "'\"",
    "://",
    "-",
    "я",
    "я@я.",
    "\u200b",
    "\u0301",
    "\u200d",
    FAMILY,
    "\ud800",
    "!?.",
    "%00",
    "\r\n",
]
