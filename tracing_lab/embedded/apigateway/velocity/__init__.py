"""The part of the Velocity template language that mapping templates of API Gateway use. Pure."""
