"""What readers see as one character."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from newsletter.characters import characters

MIXED = st.text(
    st.one_of(
        st.characters(max_codepoint=0x2FF),
        st.sampled_from("\u2026\u2013\u2019\u20ac\u200d\u0301\u00ad\r\n🇩🇪👩\ufe0f한ก็"),
    )
)


@given(MIXED)
def test_text_is_split_as_unicode_says(text: str) -> None:
    """The fast way for Latin text and the slow one for all else agree."""
    assert list(characters(text)) == regex.findall(r"\X", text)
