"""The API Gateway data plane: handles requests to stages by their integrations."""
