"""The control plane: calls are handled by moto, journaled, and its state is read into specs."""
