import { Badge, Button, Card, Group, List, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDatabase, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { AddStorageDialog } from "@/features/storage/AddStorageDialog";
import { type Storage, stateOf, storagesQuery } from "@/features/storage/queries";
import { RoomBar } from "@/features/storage/RoomBar";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { LinkText } from "@/ui/links";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";

/** Every place where backups lie, and how it is. */
export function StoragesPage() {
  const { t } = useTranslation("storage");
  const mayManage = useCan("storage.manage");
  const [isOpen, dialog] = useDisclosure(false);
  const storages = useQuery(storagesQuery);
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={dialog.open}>
      {t("add")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("text")}
        {...(mayManage ? { actions: add } : {})}
      />
      {storages.error !== null && (
        <ErrorState error={storages.error} onRetry={() => void storages.refetch()} />
      )}
      {storages.isPending && <Loading />}
      {storages.data?.length === 0 && (
        <EmptyState icon={IconDatabase} title={t("empty")} text={t("emptyText")} />
      )}
      <Stack>
        {storages.data?.map((storage) => (
          <StorageCard key={storage.id} storage={storage} />
        ))}
      </Stack>
      {isOpen && <AddStorageDialog onClose={dialog.close} />}
    </>
  );
}

function StorageCard({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} size="h4">
              <LinkText to="/storage/$storageId" params={{ storageId: storage.id }} inherit>
                {storage.region_label || storage.id}
              </LinkText>
            </Title>
            {storage.is_default && (
              <Badge variant="light" tt="none">
                {t("default")}
              </Badge>
            )}
          </Group>
          <StatusWord kind="storage" status={stateOf(storage)} />
        </Group>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {storage.location}
        </Text>
        <Group gap="xl">
          <Text size="sm">
            {t("card.stored")} <Bytes value={storage.repository?.stored_bytes ?? 0} />
          </Text>
          <Text size="sm">{t("card.tasks", { count: storage.tasks })}</Text>
        </Group>
        <RoomBar storage={storage} />
        {storage.warnings.length > 0 && (
          <List size="sm" spacing={2}>
            {storage.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        )}
      </Stack>
    </Card>
  );
}
