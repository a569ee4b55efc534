"""Figures against their bars."""


def verdict(*bars: tuple[str, float, str, float]) -> bool:
    print()
    met = True
    for what, value, sign, bar in bars:
        good = value >= bar if sign == ">=" else value <= bar
        met &= good
        print(f"{'met   ' if good else 'MISSED'}  {what}: {value:.2f} (bar: {sign} {bar:.2f})")
    return met
