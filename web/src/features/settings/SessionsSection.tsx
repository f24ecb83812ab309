import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { Section } from "@/features/settings/Section";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

/** Where one is signed in; any of them can be ended from here. */
export function SessionsSection() {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: [keys.session, "own"],
    queryFn: async () => (await answer(api.GET("/api/v1/me/sessions"))).items,
  });
  const told = { onSuccess: () => queries.invalidateQueries({ queryKey: [keys.session, "own"] }) };
  const end = useMutation({
    mutationFn: (session_id: string) =>
      answer(api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id } } })),
    ...told,
  });
  const endOthers = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/me/sessions")),
    ...told,
  });
  const error = sessions.error ?? end.error ?? endOthers.error;
  const found = sessions.data ?? [];
  return (
    <Section title={t("sessions")} text={t("sessions.text")}>
      {error !== null && <ErrorState error={error} onRetry={() => void sessions.refetch()} />}
      {sessions.isPending && <Loading rows={2} />}
      <Table.ScrollContainer minWidth={520} type="native">
        <Table aria-label={t("sessions")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("sessions.browser")}</Table.Th>
              <Table.Th>{t("sessions.from")}</Table.Th>
              <Table.Th>{t("sessions.seen")}</Table.Th>
              <Table.Th>{t("users.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Text size="sm" lineClamp={2} maw={280} style={{ overflowWrap: "anywhere" }}>
                    {one.browser || "–"}
                  </Text>
                </Table.Td>
                <Table.Td>{one.address}</Table.Td>
                <Table.Td>
                  <When time={one.seen} relative />
                </Table.Td>
                <Table.Td>
                  {one.is_current ? (
                    <Badge variant="light" tt="none">
                      {t("sessions.this")}
                    </Badge>
                  ) : (
                    <Button
                      size="compact-sm"
                      variant="default"
                      loading={end.isPending && end.variables === one.id}
                      onClick={() => end.mutate(one.id)}
                    >
                      {t("sessions.end")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {found.length > 1 && (
        <Group>
          <Button
            variant="default"
            loading={endOthers.isPending}
            onClick={() => endOthers.mutate()}
          >
            {t("sessions.endOthers")}
          </Button>
          <CliHint
            command={[
              command("session.list"),
              command("session.revoke"),
              command("session.revokeOthers"),
            ]}
          />
        </Group>
      )}
    </Section>
  );
}
