"""The control plane: moto answers, we remember its calls and read what they made."""
