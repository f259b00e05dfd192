"""The voice: sentence in, samples out (float32, mono, RATE). espeak-ng is the one that needs no network; a recording beats it.

espeak-ng keeps state between calls, so what it says depends on what it said before: `told` loads the library anew for each
slide, and a slide sounds the same whatever else is built.
"""

from __future__ import annotations

import _ctypes
import ctypes
import io
import wave
from collections.abc import Sequence

import espeakng_loader
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
_SCALE = np.float32(32768)
RATE = 22_050  # what espeak-ng speaks at; enough for speech

_SYNCHRONOUS = 2
_UTF8 = 1
_PARAMETERS = {1: 200, 3: 46, 4: 56, 7: 1}  # words a minute, pitch, range, a little pause between words


class Espeak:
    """espeak-ng's Turkish voice, by ctypes."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        self._rate = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        if self._rate <= 0:
            raise RuntimeError("espeak-ng could not be started")
        self._chunks: list[bytes] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._take)  # held here: C keeps calling it
        self._lib.espeak_SetSynthCallback(self._callback)
        if self._lib.espeak_SetVoiceByName(b"tr"):
            raise RuntimeError("espeak-ng has no Turkish voice")
        for parameter, value in _PARAMETERS.items():
            self._lib.espeak_SetParameter(parameter, value, 0)

    def _take(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def say(self, text: str) -> Samples:
        """One sentence."""
        self._chunks.clear()
        data = text.encode()
        if self._lib.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8, None, None):
            raise RuntimeError("espeak-ng refused a sentence")
        self._lib.espeak_Synchronize()
        return resample(np.frombuffer(b"".join(self._chunks), dtype="<i2").astype(np.float32) / _SCALE, self._rate)

    def close(self) -> None:
        """Unload the library: the next one starts from nothing."""
        self._lib.espeak_Terminate()
        _ctypes.dlclose(self._lib._handle)  # noqa: SLF001 - ctypes has no public way


def told(texts: Sequence[str]) -> list[Samples]:
    """The sentences of one slide."""
    speaker = Espeak()
    try:
        return [speaker.say(text) for text in texts]
    finally:
        speaker.close()


def packed(said: Sequence[Samples]) -> bytes:
    """Samples as a file keeps them: 16 bits are what espeak-ng gives."""
    out = io.BytesIO()
    np.savez(out, *[np.round(samples * _SCALE).astype(np.int16) for samples in said])
    return out.getvalue()


def unpacked(data: bytes) -> list[Samples]:
    """The reverse of `packed`."""
    with np.load(io.BytesIO(data)) as kept:
        return [kept[name].astype(np.float32) / _SCALE for name in kept.files]


def recording(data: bytes) -> Samples:
    """A recorded voice (16-bit WAV, mono or stereo)."""
    with wave.open(io.BytesIO(data)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(np.float32) / _SCALE
        return resample(samples.reshape(-1, sound.getnchannels()).mean(axis=1, dtype=np.float32), sound.getframerate())


def resample(samples: Samples, rate: int) -> Samples:
    """To RATE, by linear interpolation: speech needs no more."""
    if rate == RATE or not len(samples):
        return samples.astype(np.float32)
    count = len(samples) * RATE // rate
    made: Samples = np.interp(np.arange(count) * rate / RATE, np.arange(len(samples)), samples).astype(np.float32)
    return made


def level(samples: Samples) -> Samples:
    """The same loudness for every lesson: -20 dB of speech, peaks under -1.5 dB."""
    loud = samples[np.abs(samples) > 0.01]
    if not len(loud):
        return samples
    gain = 0.1 / float(np.sqrt(np.mean(np.square(loud, dtype=np.float64))))
    made: Samples = np.clip(samples * gain, -0.84, 0.84).astype(np.float32)
    return made
