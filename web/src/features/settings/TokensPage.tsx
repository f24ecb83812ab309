import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import type { components } from "@/api/schema";
import { NewTokenDialog } from "@/features/settings/NewTokenDialog";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

type Token = components["schemas"]["TokenView"];
const TOKENS = "tokens";

/** The own API tokens. */
export function TokensPage() {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const me = useMe();
  const [isOpen, dialog] = useDisclosure(false);
  const tokens = useQuery({
    queryKey: [TOKENS],
    queryFn: async () => (await answer(api.GET("/api/v1/tokens"))).items,
  });
  const changed = () => queries.invalidateQueries({ queryKey: [TOKENS] });
  const make = (
    <>
      <CliHint
        command={[command("token.list"), command("token.create", { email: me?.user.email })]}
      />
      <Button leftSection={<IconPlus size={18} />} onClick={dialog.open}>
        {t("tokens.make")}
      </Button>
    </>
  );
  return (
    <>
      <PageHeader title={t("tokens")} description={t("tokens.text")} actions={make} />
      {tokens.error !== null && (
        <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />
      )}
      {tokens.isPending && <Loading />}
      {tokens.data?.length === 0 && (
        <EmptyState icon={IconKey} title={t("tokens.none")} text={t("tokens.noneText")} />
      )}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <TokenList tokens={tokens.data} onRevoked={changed} />
      )}
      {isOpen && (
        <NewTokenDialog
          onClose={() => {
            dialog.close();
            void changed();
          }}
        />
      )}
    </>
  );
}

function TokenList({ tokens, onRevoked }: { tokens: Token[]; onRevoked: () => Promise<void> }) {
  const { t } = useTranslation("settings");
  const confirm = useConfirm();
  const revoke = (token: Token) =>
    confirm({
      title: t("tokens.revokeTitle", { name: token.name }),
      text: t("tokens.revokeText"),
      confirmLabel: t("tokens.revoke"),
      danger: true,
      command: command("token.revoke", { token: token.id }),
      onConfirm: async () => {
        const params = { path: { token_id: token.id } };
        await answer(api.DELETE("/api/v1/tokens/{token_id}", { params }));
        await onRevoked();
      },
    });
  return (
    <Stack>
      <DataTable
        label={t("tokens")}
        columns={[
          { id: "name", header: t("tokens.name"), cell: (row) => row.name, width: "2fr" },
          { id: "made", header: t("tokens.created"), cell: (row) => <When time={row.created} /> },
          { id: "ends", header: t("tokens.expires"), cell: (row) => <When time={row.expires} /> },
          {
            id: "used",
            header: t("tokens.used"),
            cell: (row) => <When time={row.used} relative />,
          },
          {
            id: "revoke",
            header: t("users.actions"),
            width: "130px",
            cell: (row) =>
              row.revoked === null ? (
                <Group>
                  <Button size="compact-sm" variant="default" onClick={() => revoke(row)}>
                    {t("tokens.revoke")}
                  </Button>
                </Group>
              ) : (
                t("tokens.ended")
              ),
          },
        ]}
        rows={tokens}
        rowId={(row) => row.id}
      />
    </Stack>
  );
}
