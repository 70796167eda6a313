"""Private PostgreSQL and RabbitMQ servers and the services' processes, on one machine, without containers."""
