"""The clock of a test: only waiting moves it."""

now = 0.0


def now_ms():
    return now


def sleep_ms(ms):
    global now
    now += ms
