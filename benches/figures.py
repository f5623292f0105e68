"""How the benchmarks show a figure."""

from __future__ import annotations

import statistics
from typing import Any


def heading(text: str) -> None:
    print(f"\n{text}", flush=True)


def show(name: str, figures: Any, unit: str, below: float | None = None) -> None:
    median = statistics.median(figures)
    text = f"  {name:<36} {median:>9.3f} {unit:<2}"
    if len(figures) > 1:
        text += f"  {min(figures):.3f} to {max(figures):.3f}"
    if below is not None:
        text += f"  (target: below {below}){'' if median < below else '  MISSED'}"
    print(text, flush=True)
