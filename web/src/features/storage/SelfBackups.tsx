import { Alert, Button, Group, Stack, Table } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Storage } from "@/features/storage/queries";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { LinkText } from "@/ui/links";
import { When } from "@/ui/When";

/** The appliance's own backups in this storage, and making one now. */
export function SelfBackups({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: [keys.storages, "self-backups", storage.id],
    queryFn: () =>
      answer(
        api.GET("/api/v1/appliance/self-backups", {
          params: { query: { storage_id: storage.id } },
        }),
      ),
  });
  const make = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/v1/appliance/self-backups", { body: { storage_ids: [storage.id] } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [keys.jobs] }),
  });
  const trouble = storage.self_backup?.trouble ?? "";
  return (
    <Stack gap="sm">
      {trouble !== "" && <Alert color="yellow">{trouble}</Alert>}
      {found.error !== null && (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isPending && <Loading rows={2} />}
      {found.data !== undefined && found.data.items.length > 0 && (
        <Table.ScrollContainer minWidth={480} type="native" mah={280}>
          <Table withTableBorder aria-label={t("self")} stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("self.made")}</Table.Th>
                <Table.Th>{t("self.reason")}</Table.Th>
                <Table.Th>{t("self.version")}</Table.Th>
                <Table.Th ta="right">{t("self.size")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.data.items.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    <When time={one.made_at} />
                  </Table.Td>
                  <Table.Td>{one.reason}</Table.Td>
                  <Table.Td>{one.version}</Table.Td>
                  <Table.Td ta="right">
                    <Bytes value={one.size_bytes} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {make.error !== null && <ErrorState error={make.error} />}
      {make.data !== undefined && (
        <Alert color="blue" variant="light" role="status">
          <LinkText to="/jobs/$jobId" params={{ jobId: make.data.id }}>
            {make.data.title}
          </LinkText>
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="default" loading={make.isPending} onClick={() => make.mutate()}>
          {t("self.now")}
        </Button>
        <CliHint command={`dropally self backup --storage ${storage.id}`} />
      </Group>
    </Stack>
  );
}
