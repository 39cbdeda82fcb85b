# io_uring and asynchronous input and output
# Operations in a ring pass by every filter of system calls, and the code behind them was a rich source of exploits.
attempt plain ENOSYS io_uring=ok aio=ok
