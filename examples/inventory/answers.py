"""The questions that both engines answer about an inventory, as SQL over the views of `ckpt_scheme.sql`."""

from __future__ import annotations

DELETABLE = """
SELECT key, size FROM checkpoint_paths AS c
WHERE kind = 'epoch'
  AND NOT EXISTS (SELECT 1 FROM latest_per_run AS l WHERE l.key = c.key)
  AND NOT EXISTS (SELECT 1 FROM best_per_run AS b WHERE b.key = c.key)
"""
"""Checkpoints of an epoch that are neither the latest nor, in either mode, the best of their run by any metric."""

QUESTIONS = {
    "sizes": "SELECT root, run, checkpoints, total_size FROM size_per_run",
    "latest": "SELECT root, run, key FROM latest_per_run",
    "best": "SELECT root, run, metric, mode, value, key FROM best_per_run",
    "deletable": DELETABLE,
}
