import {
  ActionIcon,
  Group,
  NavLink,
  Paper,
  ScrollArea,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconArrowUp, IconFolder, IconFolderSymlink } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { parentOf } from "@/features/recovery/paths";
import { liveFoldersQuery } from "@/features/recovery/queries";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** A folder that is there now, or a path for one that is to be made. */
export function PathPicker({ entityId }: { entityId: string }) {
  const { t } = useTranslation("recovery");
  const { search, choose } = useRestorePlace();
  const path = search.path ?? "";
  const found = useQuery(liveFoldersQuery(entityId, path));
  const go = (folder: string) => choose({ path: folder || undefined });
  return (
    <>
      <TextInput
        label={t("where.path")}
        description={t("where.pathHint")}
        value={path}
        placeholder="/"
        onChange={(event) => go(event.currentTarget.value)}
        maw={480}
      />
      <Paper withBorder maw={480}>
        <Group gap={4} p={4} wrap="nowrap">
          <Tooltip label={t("where.up")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={path === ""}
              aria-label={t("where.up")}
              onClick={() => go(parentOf(path))}
            >
              <IconArrowUp size={18} />
            </ActionIcon>
          </Tooltip>
          <Text size="sm" truncate>
            {path === "" ? t("where.top") : path}
          </Text>
        </Group>
        <ScrollArea.Autosize mah={220} type="auto">
          {found.isPending && <Loading rows={3} />}
          {found.isError && <ErrorState error={found.error} />}
          {found.data?.folders.length === 0 && (
            <Text size="sm" c="dimmed" p="sm">
              {t("where.noFolders")}
            </Text>
          )}
          {found.data?.folders.map((folder) => (
            <NavLink
              key={folder.path}
              component="button"
              type="button"
              label={folder.name}
              leftSection={
                folder.is_mount ? (
                  <IconFolderSymlink size={16} aria-hidden />
                ) : (
                  <IconFolder size={16} aria-hidden />
                )
              }
              onClick={() => go(folder.path)}
            />
          ))}
          {found.data?.is_complete === false && (
            <Text size="xs" c="dimmed" p="sm">
              {t("where.notAll")}
            </Text>
          )}
        </ScrollArea.Autosize>
      </Paper>
    </>
  );
}
