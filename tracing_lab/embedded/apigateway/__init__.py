"""The API Gateway data plane: from a request at a stage to an integration and back."""
