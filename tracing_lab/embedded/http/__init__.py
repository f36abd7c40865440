"""HTTP on loopback: messages, the server, and which connections and requests are accepted."""
