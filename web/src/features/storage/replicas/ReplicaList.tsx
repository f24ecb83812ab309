import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconCopyOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useChangeSettings } from "@/api/settings";
import type { Storage } from "@/features/storage/queries";
import type { ReplicaPlan } from "@/features/storage/replicas/replica-pairs";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Copy = components["schemas"]["LastReplication"];

interface Props {
  storage: Storage;
  copies: readonly Copy[];
  plan: ReplicaPlan | undefined;
}

/** Every storage that this one is copied to, or was. */
export function ReplicaList({ storage, copies, plan }: Props) {
  const { t } = useTranslation("storage");
  const planned = plan?.targets ?? [];
  const targets = [...new Set([...planned, ...copies.map((one) => one.target)])];
  if (targets.length === 0) {
    return (
      <EmptyState icon={IconCopyOff} title={t("replicas.none")} text={t("replicas.noneText")} />
    );
  }
  return (
    <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {targets.map((target) => (
        <Replica
          key={target}
          storage={storage}
          target={target}
          copy={copies.find((one) => one.target === target)}
          plan={plan}
        />
      ))}
    </Stack>
  );
}

interface ReplicaProps {
  storage: Storage;
  target: string;
  copy: Copy | undefined;
  plan: ReplicaPlan | undefined;
}

function Replica({ storage, target, copy, plan }: ReplicaProps) {
  const { t } = useTranslation("storage");
  const isPlanned = plan?.targets.includes(target) ?? false;
  const change = useChangeSettings();
  const params = { path: { storage_id: storage.id } };
  const start = useStart(() =>
    answer(
      api.POST("/api/v1/storages/{storage_id}/replicate", {
        params,
        body: { target, remove_vanished: false, check: false, dry_run: false },
      }),
    ),
  );
  return (
    <Card withBorder component="li" padding="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <AnchorLink to="/storage/$storageId" params={{ storageId: target }} fw={600}>
            {target}
          </AnchorLink>
          <State copy={copy} />
        </Group>
        <Text size="sm">
          {copy === undefined ? (
            t("replicas.neverCopied")
          ) : (
            <>
              {t("replicas.last")} <When time={copy.at} /> (<Bytes value={copy.size_bytes} />{" "}
              {t("replicas.copied")})
            </>
          )}
        </Text>
        <Text size="sm" c="dimmed">
          {whenWords()}
        </Text>
        {(start.error ?? change.error) !== null && (
          <ErrorState error={start.error ?? change.error} />
        )}
        <Group justify="space-between">
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              loading={start.isPending}
              onClick={() => start.mutate(undefined)}
              aria-label={t("replicas.nowTo", { target })}
            >
              {t("replicas.now")}
            </Button>
            {isPlanned && plan?.lockedBy === "" && (
              <Button
                size="xs"
                variant="default"
                loading={change.isPending}
                onClick={() => change.mutate(plan.withoutTarget(target))}
              >
                {t("replicas.drop")}
              </Button>
            )}
          </Group>
          <CliHint command={`dropally storage replicate ${storage.id} ${target}`} />
        </Group>
      </Stack>
    </Card>
  );

  function whenWords(): string {
    if (!isPlanned) {
      return t("replicas.byHand");
    }
    return plan?.when === "off"
      ? t("replicas.plannedOff")
      : t("replicas.planned", { when: plan?.when ?? "" });
  }
}

function State({ copy }: { copy: Copy | undefined }) {
  if (copy === undefined) {
    return <StatusWord kind="check" status="unknown" />;
  }
  return <StatusWord kind="check" status={(copy.damaged ?? []).length === 0 ? "ok" : "warning"} />;
}
