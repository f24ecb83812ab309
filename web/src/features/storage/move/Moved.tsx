import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Job } from "@/features/jobs/queries";
import type { Storage } from "@/features/storage/queries";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { AnchorLink } from "@/ui/RouteLinks";
import { When } from "@/ui/When";

interface Props {
  jobs: readonly Job[];
  storages: readonly Storage[];
}

/** After a switch: where the storage lies now, and the old place until somebody lets it go. */
export function Moved({ jobs, storages }: Props) {
  const { t } = useTranslation("storage");
  const last = jobs.find((job) => job.kind === "switch" && job.status === "succeeded");
  const old = storages.find((one) => one.id === last?.summary.kept_as);
  if (last === undefined || old === undefined) {
    return null;
  }
  return (
    <Alert
      color="green"
      variant="light"
      icon={<IconCircleCheck />}
      title={t("moved", { place: String(last.summary.location ?? "") })}
      mb="lg"
    >
      <Stack gap="sm">
        <Text size="sm">
          <When time={last.ended_at} />. {t("moved.old", { place: old.location })}{" "}
          <AnchorLink
            to="/storage/$storageId"
            params={{ storageId: old.id }}
            size="sm"
            underline="always"
          >
            {old.id}
          </AnchorLink>
        </Text>
        <LetGo old={old} />
      </Stack>
    </Alert>
  );
}

function LetGo({ old }: { old: Storage }) {
  const { t } = useTranslation("storage");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const params = { path: { storage_id: old.id } };
  const letGo = () =>
    confirm({
      title: t("moved.confirm", { name: old.id }),
      text: t("moved.confirmText", { place: old.location }),
      confirmLabel: t("remove"),
      danger: true,
      onConfirm: async () => {
        await answer(api.DELETE("/api/v1/storages/{storage_id}", { params }));
        await queries.invalidateQueries({ queryKey: [keys.storages] });
      },
    });
  return (
    <Group justify="space-between">
      <Button size="xs" variant="default" onClick={letGo}>
        {t("moved.letGo")}
      </Button>
      <CliHint command={`dropally storage remove ${old.id}`} />
    </Group>
  );
}
