"""HTTP on loopback: messages, the server, and admission of connections and requests."""
