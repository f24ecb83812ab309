import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { Section } from "@/features/settings/Section";
import { lockQuery, type Storage } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

type Lock = components["schemas"]["LockAnswer"];

const MOST_SHOWN = 5;

interface Props {
  storage: Storage;
  mayManage: boolean;
}

/** How long what backups need is locked in the bucket; nothing where it is not to be locked. */
export function LockSection({ storage, mayManage }: Props) {
  const { t } = useTranslation("storage");
  const lock = useQuery(lockQuery(storage.id)).data;
  const params = { path: { storage_id: storage.id } };
  const start = useStart(() =>
    answer(
      api.POST("/api/v1/storages/{storage_id}/lock", {
        params,
        body: { look_again: false, dry_run: false },
      }),
    ),
  );
  if (lock === undefined || lock.object_lock === "") {
    return null;
  }
  return (
    <Section title={t("lock")} text={t("lock.text")}>
      <Stack gap="sm">
        <LockFacts lock={lock} />
        <Trouble lock={lock} />
        {start.error !== null && <ErrorState error={start.error} />}
        <Group justify="space-between">
          {mayManage && (
            <Button
              variant="default"
              loading={start.isPending}
              onClick={() => start.mutate(undefined)}
            >
              {t("lock.extend")}
            </Button>
          )}
          <CliHint
            command={[
              command("storage.lockReport", { storage: storage.id }),
              command("storage.lock", { storage: storage.id }),
            ]}
          />
        </Group>
      </Stack>
    </Section>
  );
}

function LockFacts({ lock: { object_lock: rule, last_run: run, state } }: { lock: Lock }) {
  const { t } = useTranslation("storage");
  const waits = state !== null && state.waiting_packs > 0;
  const facts: readonly Fact[] = [
    [t("lock.rule"), rule],
    [t("lock.lastRun"), <When key="run" time={run?.at ?? null} />],
    [t("lock.extended"), run !== null && <Count key="extended" value={run.extended} />],
    [t("lock.needed"), state !== null && <Bytes key="needed" value={state.needed_bytes} />],
    [t("lock.first"), state?.first_until && <When key="first" time={state.first_until} />],
    [t("lock.last"), state?.last_until && <When key="last" time={state.last_until} />],
    [t("lock.waiting"), waits && <Bytes key="waiting" value={state.waiting_bytes} />],
    [t("lock.waitsUntil"), waits && <When key="until" time={state.waiting_first_until} />],
  ];
  return <Facts facts={facts} width={200} />;
}

function Trouble({ lock: { last_run: run, state } }: { lock: Lock }) {
  const { t } = useTranslation("storage");
  const short = state?.short_objects ?? 0;
  const problems = [
    ...(run !== null && run.refused > 0
      ? [`${t("lock.refused", { count: run.refused })} ${run.why_refused}`]
      : []),
    ...(run !== null && run.hidden_count > 0
      ? [t("lock.hidden", { count: run.hidden_count })]
      : []),
    ...(run?.problems ?? []),
  ];
  if (short === 0 && problems.length === 0) {
    return null;
  }
  return (
    <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} title={t("lock.trouble")}>
      <List size="sm" spacing={4}>
        {problems.map((one) => (
          <List.Item key={one}>{one}</List.Item>
        ))}
        {short > 0 && (
          <List.Item>
            {t("lock.short", { count: short })}
            {(state?.short_keys ?? []).slice(0, MOST_SHOWN).map((key) => (
              <Text key={key} size="sm" style={{ overflowWrap: "anywhere" }}>
                <Code>{key}</Code>
              </Text>
            ))}
          </List.Item>
        )}
      </List>
    </Alert>
  );
}
