"""The clock and the runner: what happens without anybody asking."""
