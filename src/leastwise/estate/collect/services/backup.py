"""AWS Backup."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("backup", reads=("backup.ListBackupVaults", "backup.GetBackupVaultAccessPolicy"))
def vaults(api: Api) -> Iterator[Resource]:
    """Vaults and their policies."""
    for vault in api.rows("backup.ListBackupVaults", "BackupVaultList"):
        arn = vault.text("BackupVaultArn")
        found = api.call(
            "backup.GetBackupVaultAccessPolicy",
            subject=arn,
            absent=("ResourceNotFoundException",),
            BackupVaultName=vault.text("BackupVaultName"),
        )
        yield Resource(arn, api.account, "backup:backupVault", api.region, own_policy(found, "Policy"))
