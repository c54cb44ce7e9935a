"""The wallet simulator's own tests: every documented rule and every fault, over real sockets."""
