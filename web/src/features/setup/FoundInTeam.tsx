import { Alert, Button, Group, Loader, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { entityCountsQuery, groupsQuery, type Task } from "@/api/tasks";
import { DataTable } from "@/ui/DataTable";
import { ErrorState } from "@/ui/ErrorState";
import { Count } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";

const ENTITY_KINDS = ["member", "team folder", "shared folder"] as const;

/** What was found in the team, and which of it is backed up. */
export function FoundInTeam({ task }: { task: Task }) {
  const { t } = useTranslation("setup");
  const counts = useQuery(entityCountsQuery(task.id));
  if (task.synced === null) {
    return (
      <Group role="status">
        <Loader size="sm" aria-hidden />
        <Text>{t("found.looking", { team: task.connection.team_name })}</Text>
      </Group>
    );
  }
  const found = counts.data?.counts ?? [];
  const waiting = found.filter((one) => one.status === "Not Active");
  const sum = (rows: typeof found, kind: string) =>
    rows.filter((one) => one.kind === kind).reduce((total, one) => total + one.count, 0);
  return (
    <Stack>
      {counts.error !== null && (
        <ErrorState error={counts.error} onRetry={() => void counts.refetch()} />
      )}
      <Table withTableBorder aria-label={t("found.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("found.kind")}</Table.Th>
            <Table.Th ta="right">{t("found.found")}</Table.Th>
            <Table.Th ta="right">{t("found.active")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ENTITY_KINDS.map((kind) => (
            <Table.Tr key={kind}>
              <Table.Th scope="row" fw={500}>
                {t(`found.${kind}`)}
              </Table.Th>
              <Table.Td ta="right">
                <Count value={sum(found, kind)} />
              </Table.Td>
              <Table.Td ta="right">
                <Count value={sum(found, kind) - sum(waiting, kind)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {waiting.length > 0 ? (
        <Picker taskId={task.id} />
      ) : (
        <Alert color="green" variant="light" icon={<IconCircleCheck />}>
          {t("found.allActive")}
        </Alert>
      )}
    </Stack>
  );
}

/** Chooses single members and folders. */
function Picker({ taskId }: { taskId: string }) {
  const { t } = useTranslation("setup");
  const queries = useQueryClient();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [group, setGroup] = useState("");
  const groups = useQuery(groupsQuery(taskId)).data ?? [];
  const path = { task_id: taskId };
  const filter = { status: ["Not Active"], ...(group === "" ? {} : { group: [group] }) };
  const pages = usePages(keys.entities, "/api/v1/tasks/{task_id}/entities", {
    path,
    query: filter,
  });
  const activate = useMutation({
    mutationFn: (ids: string[] | null) =>
      answer(
        api.POST("/api/v1/tasks/{task_id}/entities/actions", {
          params: { path },
          body: { action: "activate", q: "", ...(ids === null ? filter : { ids }) },
        }),
      ),
    onSuccess: async () => {
      setSelected(new Set());
      await queries.invalidateQueries({ queryKey: [keys.entities] });
    },
  });
  const error = pages.error ?? activate.error;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={500}>{t("found.choose")}</Text>
        <Group gap="xs">
          <Button
            disabled={selected.size === 0}
            loading={activate.isPending}
            onClick={() => activate.mutate([...selected])}
          >
            {t("found.activate", { count: selected.size })}
          </Button>
          <Button variant="default" onClick={() => activate.mutate(null)}>
            {t(group === "" ? "found.activateAll" : "found.activateGroup")}
          </Button>
        </Group>
      </Group>
      {groups.length > 0 && (
        <NativeSelect
          label={t("found.group")}
          maw={320}
          value={group}
          onChange={(event) => {
            setGroup(event.currentTarget.value);
            setSelected(new Set());
          }}
          data={[
            { value: "", label: t("found.allGroups") },
            ...groups.map((one) => ({ value: one.id, label: `${one.name} (${one.members})` })),
          ]}
        />
      )}
      {error !== null && <ErrorState error={error} onRetry={pages.retry} />}
      <DataTable
        label={t("found.choose")}
        columns={[
          { id: "name", header: t("found.name"), cell: (row) => row.name, width: "2fr" },
          { id: "kind", header: t("found.kind"), cell: (row) => <KindWord kind={row.kind} /> },
          {
            id: "status",
            header: t("found.status"),
            cell: (row) => <StatusWord kind="entity" status={row.status} />,
          },
        ]}
        rows={pages.rows}
        rowId={(row) => row.id}
        rowLabel={(row) => row.name}
        selection={{ selected, onChange: setSelected }}
        hasMore={pages.hasMore}
        loadMore={pages.loadMore}
        total={pages.total}
        height="360px"
      />
    </Stack>
  );
}

function KindWord({ kind }: { kind: string }) {
  const { t } = useTranslation("setup");
  return <>{t(`found.one.${kind}` as "found.one.member")}</>;
}
