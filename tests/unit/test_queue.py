"""Writers of one process take turns in the order in which they asked."""

import threading
import time

from studyplan.store.queue import Queue

LONG = 30.0


def test_turns_come_in_the_order_of_asking() -> None:
    queue, came = Queue(), list[int]()
    assert queue.enter(LONG)

    def take(number: int) -> None:
        assert queue.enter(LONG)
        came.append(number)
        queue.leave()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for waiting, thread in enumerate(threads):
        thread.start()
        while len(queue._waiting) <= waiting:
            time.sleep(0.001)
    queue.leave()
    for thread in threads:
        thread.join()
    assert came == list(range(5))


def test_who_waits_in_vain_is_told_and_forgotten() -> None:
    queue = Queue()
    assert queue.enter(LONG)
    assert not queue.enter(0.01)
    queue.leave()
    assert queue.enter(LONG), "the turn of one who has gone is nobody's"
