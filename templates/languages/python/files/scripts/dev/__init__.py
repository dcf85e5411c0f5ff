"""What is started and watched in development."""
