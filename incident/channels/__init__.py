"""Where messages go, one module a channel. A channel is called with a message and returns when it is safe."""
