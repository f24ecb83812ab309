import { Button, Group, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { WouldCopy } from "@/features/storage/move/WouldCopy";
import type { Storage } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { ErrorState } from "@/ui/ErrorState";

type Request = components["schemas"]["MigrateRequest"];

interface Props {
  storage: Storage;
  targets: readonly Storage[];
}

/** Whose place the storage takes; what that would copy; and doing it. */
export function MoveForm({ storage, targets }: Props) {
  const { t } = useTranslation("storage");
  const confirm = useConfirm();
  const [target, setTarget] = useState("");
  const params = { path: { storage_id: storage.id } };
  const ask = (body: Request) =>
    answer(api.POST("/api/v1/storages/{storage_id}/migrate", { params, body }));
  const look = useStart(ask);
  const move = useStart(ask);
  const place = targets.find((one) => one.id === target);
  const begin = () =>
    confirm({
      title: t("move.confirm", { name: storage.region_label || storage.id }),
      text: t("move.confirmText", { from: storage.location, to: place?.location ?? "" }),
      confirmLabel: t("move.now"),
      onConfirm: async () => {
        await move.mutateAsync({ target, dry_run: false });
        setTarget(""); // it will be another place then
        look.reset();
      },
    });
  return (
    <Stack maw={640}>
      <Select
        label={t("move.target")}
        description={t("move.targetHint")}
        data={targets.map((one) => ({ value: one.id, label: `${one.id}: ${one.location}` }))}
        allowDeselect={false}
        value={target === "" ? null : target}
        onChange={(chosen) => setTarget(chosen ?? "")}
      />
      {look.error !== null && <ErrorState error={look.error} />}
      {look.data !== undefined && <WouldCopy jobId={look.data.id} />}
      <Group justify="space-between">
        <Group gap="xs">
          <Button
            variant="default"
            disabled={target === ""}
            loading={look.isPending}
            onClick={() => look.mutate({ target, dry_run: true })}
          >
            {t("move.dry")}
          </Button>
          <Button disabled={target === ""} onClick={begin}>
            {t("move.now")}
          </Button>
        </Group>
        <CliHint command={`dropally storage migrate ${storage.id} ${target || "TARGET"}`} />
      </Group>
    </Stack>
  );
}
