"""One vendor a file: a Notification in, Accepted, Rejected or Retryable out. No Redis, no Celery, no rules."""
