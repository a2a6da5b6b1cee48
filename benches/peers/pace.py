"""How fast a step is, taken alike in every script here."""
import statistics, time


def steps_per_second(step, seconds):
    """Median rate of `step(place)` over that time, three steps at least, after two that are not counted; and its last loss.
    Places 0 to 3 are batches in turns."""
    for _ in range(2):
        step(0)
    times, began = [], time.perf_counter()
    while time.perf_counter() - began < seconds or len(times) < 3:
        start = time.perf_counter()
        loss, _ = step(len(times) % 4)
        times.append(time.perf_counter() - start)
    return 1 / statistics.median(times), loss
