class AuditLog: pass
