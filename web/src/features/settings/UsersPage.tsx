import { Button, Stack, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import type { components } from "@/api/schema";
import { HandedLinkDialog } from "@/features/settings/HandedLinkDialog";
import { InviteDialog } from "@/features/settings/InviteDialog";
import { RightsDialog } from "@/features/settings/RightsDialog";
import { UserActions } from "@/features/settings/UserActions";
import { ReachWords, StateWords } from "@/features/settings/user-words";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { DataTable } from "@/ui/DataTable";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

export type ListedUser = components["schemas"]["ListedUser"];

/** A link that an administrator got for somebody; "" where it was mailed. */
export interface Handed {
  name: string;
  email: string;
  link: string;
}

/** Who may sign in, and what they may do. */
export function UsersPage() {
  const { t } = useTranslation("settings");
  const mayManage = useCan("user.manage");
  const [isInviting, setIsInviting] = useState(false);
  const [changed, setChanged] = useState<ListedUser | null>(null);
  const [handed, setHanded] = useState<Handed | null>(null);
  const users = useQuery({
    queryKey: [keys.users],
    queryFn: async () => (await answer(api.GET("/api/v1/users"))).items,
  });
  const invite = (
    <>
      <CliHint command={[command("user.list"), command("user.inviteEverywhere")]} />
      <Button leftSection={<IconUserPlus size={18} />} onClick={() => setIsInviting(true)}>
        {t("users.invite")}
      </Button>
    </>
  );
  return (
    <>
      <PageHeader
        title={t("users")}
        description={t("users.text")}
        {...(mayManage ? { actions: invite } : {})}
      />
      {users.error !== null && (
        <ErrorState error={users.error} onRetry={() => void users.refetch()} />
      )}
      {users.isPending && <Loading />}
      {users.data !== undefined && (
        <UserTable
          users={users.data}
          mayManage={mayManage}
          onChange={setChanged}
          onHanded={setHanded}
        />
      )}
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} onInvited={setHanded} />}
      {changed !== null && <RightsDialog listed={changed} onClose={() => setChanged(null)} />}
      {handed !== null && <HandedLinkDialog handed={handed} onClose={() => setHanded(null)} />}
    </>
  );
}

/** What matters, and below it what goes with it. */
function TwoLines({ first, children }: { first: ReactNode; children: ReactNode }) {
  return (
    <Stack gap={0} miw={0}>
      <Text inherit truncate>
        {first}
      </Text>
      <Text size="xs" c="dimmed" truncate>
        {children}
      </Text>
    </Stack>
  );
}

interface TableProps {
  users: ListedUser[];
  mayManage: boolean;
  onChange: (listed: ListedUser) => void;
  onHanded: (handed: Handed) => void;
}

function UserTable({ users, mayManage, onChange, onHanded }: TableProps) {
  const { t } = useTranslation("settings");
  return (
    <DataTable
      label={t("users")}
      columns={[
        {
          id: "name",
          header: t("users.name"),
          cell: (row) => <TwoLines first={row.user.name}>{row.user.email}</TwoLines>,
          width: "minmax(0, 2fr)",
        },
        {
          id: "role",
          header: t("users.role"),
          cell: (row) => (
            <TwoLines first={t(row.is_owner ? "users.owner" : `role.${row.user.role}`)}>
              <ReachWords user={row.user} />
            </TwoLines>
          ),
          width: "minmax(0, 1.5fr)",
        },
        {
          id: "state",
          header: t("users.state"),
          cell: (row) => (
            <TwoLines first={<StateWords listed={row} />}>
              {t(row.user.has_second_factor ? "users.factorOn" : "users.factorOff")}
            </TwoLines>
          ),
          width: "minmax(0, 1.2fr)",
        },
        {
          id: "seen",
          header: t("users.seen"),
          width: "minmax(0, 1.1fr)",
          cell: (row) => <When time={row.user.last_sign_in} relative />,
          hideOnPhone: true,
        },
        {
          id: "actions",
          header: t("users.actions"),
          width: "96px",
          align: "end",
          cell: (row) =>
            mayManage ? <UserActions listed={row} onChange={onChange} onHanded={onHanded} /> : null,
        },
      ]}
      rows={users}
      rowId={(row) => row.user.id}
    />
  );
}
