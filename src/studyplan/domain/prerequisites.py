"""What builds on what among unread readings: a set is a number with one bit for each of them.

So ten thousand that all build on each other are 12 MB each way, and two sets meet in a fraction of a microsecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studyplan.domain.memory_batch import Floats
from studyplan.domain.plan import Candidate

Bits = int
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prerequisites:
    """For each candidate the unread ones right before it (`needs`), all before and all after it (`earlier`, `later`).

    One that is read already has none. Candidates come in curriculum order: what one builds on stands before it.
    """

    needs: tuple[tuple[int, ...], ...]
    earlier: tuple[Bits, ...]
    later: tuple[Bits, ...]


def find_prerequisites(candidates: Sequence[Candidate]) -> Prerequisites:
    """Return the prerequisites among the unread candidates; one that points ahead is ignored."""
    position = {c.reading_id: index for index, c in enumerate(candidates) if c.memory is None}
    needs: list[tuple[int, ...]] = [()] * len(candidates)
    earlier, later = [0] * len(candidates), [0] * len(candidates)
    for index in position.values():
        before = sorted(position[key] for key in candidates[index].builds_on & position.keys())
        needs[index] = tuple(needed for needed in before if needed < index)
        for needed in needs[index]:
            earlier[index] |= earlier[needed] | 1 << needed
    for index in reversed(position.values()):
        for needed in needs[index]:
            later[needed] |= later[index] | 1 << index
    return Prerequisites(needs=tuple(needs), earlier=tuple(earlier), later=tuple(later))


def bits_of(flags: Flags) -> Bits:
    """Return the set of those that are flagged."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def flags_of(bits: Bits, count: int) -> Flags:
    """Return for each of so many whether it is in the set."""
    octets = np.frombuffer(bits.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little").view(bool)


def members(bits: Bits) -> list[int]:
    """Return the members of a set in their order."""
    found: list[int] = np.flatnonzero(flags_of(bits, bits.bit_length())).tolist()
    return found


def total(values: Floats, bits: Bits) -> float:
    """Return the sum of the members' values, added up in their order."""
    added: float = sum(values[: bits.bit_length()][flags_of(bits, bits.bit_length())].tolist())
    return added
