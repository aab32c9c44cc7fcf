"""The worker: delivers the outbox, seals the audit log, shows that it is alive."""
