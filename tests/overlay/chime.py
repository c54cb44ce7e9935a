"""Makes the overlay's sound, so that it is nobody else's: `python -m tests.overlay.chime` writes it."""

from io import BytesIO
from math import exp, pi, sin
from struct import pack
from typing import Final
import wave

from custom_components.qiwi.overlay.files import FOLDER

RATE: Final = 22_050
SECONDS: Final = 1.1
# When each tone begins, its pitch in hertz and its loudness: a fifth and the octave above.
TONES: Final = ((0.0, 783.99, 0.5), (0.11, 1174.66, 0.45), (0.22, 1567.98, 0.4))
# The partials of a small bell: how many times the pitch, how loud, and how fast each dies away.
PARTIALS: Final = ((1.0, 1.0, 4.5), (2.0, 0.35, 7.0), (3.01, 0.18, 11.0), (5.4, 0.07, 18.0))
ATTACK: Final = 0.004


def chime() -> bytes:
    """Return a mono WAV file of 16 bits a sample."""
    samples = [_sample(number / RATE) for number in range(int(RATE * SECONDS))]
    loudest = max(map(abs, samples))
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(pack("<h", round(sample / loudest * 28_000)) for sample in samples))
    return content.getvalue()


def _sample(moment: float) -> float:
    # The end is faded out: a cut would click.
    fade = min(1.0, (SECONDS - moment) / 0.15)
    return fade * sum(
        loudness * _bell(moment - begin, pitch) for begin, pitch, loudness in TONES if moment >= begin
    )


def _bell(age: float, pitch: float) -> float:
    attack = min(1.0, age / ATTACK)
    return attack * sum(
        loudness * exp(-decay * age) * sin(2 * pi * pitch * times * age)
        for times, loudness, decay in PARTIALS
    )


if __name__ == "__main__":
    (FOLDER / "chime.wav").write_bytes(chime())
