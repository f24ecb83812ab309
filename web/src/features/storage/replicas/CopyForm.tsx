import { Alert, Button, Checkbox, Group, Select, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useChangeSettings } from "@/api/settings";
import type { Storage } from "@/features/storage/queries";
import type { ReplicaPlan } from "@/features/storage/replicas/replica-pairs";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

type Request = components["schemas"]["ReplicateRequest"];

interface Props {
  storage: Storage;
  /** Storages that no task uses. */
  targets: readonly Storage[];
  plan: ReplicaPlan | undefined;
}

/** A copy in another storage: now, and from now on. */
export function CopyForm({ storage, targets, plan }: Props) {
  const { t } = useTranslation("storage");
  const form = useForm({ initialValues: { target: "", check: false, remove_vanished: false } });
  const { target } = form.values;
  const change = useChangeSettings();
  const params = { path: { storage_id: storage.id } };
  const start = useStart((body: Request) =>
    answer(api.POST("/api/v1/storages/{storage_id}/replicate", { params, body })),
  );
  if (targets.length === 0) {
    return (
      <Alert color="blue" variant="light" icon={<IconInfoCircle />}>
        {t("replicas.noTarget")}
      </Alert>
    );
  }
  const isPlanned = plan?.targets.includes(target) ?? false;
  const mayPlan = plan !== undefined && plan.lockedBy === "" && !isPlanned;
  return (
    <form onSubmit={form.onSubmit((values) => start.mutate({ ...values, dry_run: false }))}>
      <Stack maw={640}>
        <Select
          label={t("replicas.target")}
          description={t("replicas.targetHint")}
          data={targets.map((one) => ({
            value: one.id,
            label: ["", one.id].includes(one.region_label)
              ? one.id
              : `${one.id} (${one.region_label})`,
          }))}
          allowDeselect={false}
          required
          {...form.getInputProps("target")}
        />
        <Checkbox
          label={t("replicas.check")}
          description={t("replicas.checkText")}
          {...form.getInputProps("check", { type: "checkbox" })}
        />
        <Checkbox
          label={t("replicas.vanished")}
          description={t("replicas.vanishedText")}
          {...form.getInputProps("remove_vanished", { type: "checkbox" })}
        />
        {(start.error ?? change.error) !== null && (
          <ErrorState error={start.error ?? change.error} />
        )}
        {change.isSuccess && (
          <Alert color="green" variant="light" role="status" icon={<IconCircleCheck />}>
            {t(plan?.when === "off" ? "replicas.addedOff" : "replicas.added")}
          </Alert>
        )}
        <Group justify="space-between">
          <Group gap="xs">
            <Button type="submit" disabled={target === ""} loading={start.isPending}>
              {t("replicas.now")}
            </Button>
            {mayPlan && (
              <Button
                variant="default"
                disabled={target === ""}
                loading={change.isPending}
                onClick={() => change.mutate(plan.withTarget(target))}
              >
                {t("replicas.add")}
              </Button>
            )}
          </Group>
          <CliHint command={commandOf(storage.id, form.values)} />
        </Group>
        {plan !== undefined && plan.lockedBy !== "" && (
          <Text size="sm" c="dimmed">
            {t("replicas.locked", { place: plan.lockedBy })}
          </Text>
        )}
      </Stack>
    </form>
  );
}

function commandOf(storageId: string, values: Omit<Request, "dry_run">): string {
  return [
    `dropally storage replicate ${storageId} ${values.target || "TARGET"}`,
    ...(values.check ? ["--check"] : []),
    ...(values.remove_vanished ? ["--remove-vanished"] : []),
  ].join(" ");
}
