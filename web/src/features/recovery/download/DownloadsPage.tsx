import { Badge, Button, Group } from "@mantine/core";
import { IconLink, IconPackage, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { LinkDialog } from "@/features/recovery/download/LinkDialog";
import type { Download } from "@/features/recovery/queries";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes, Count } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

/** Zip files that were prepared: until when they are there, and links to them. */
export function DownloadsPage() {
  const { t } = useTranslation("recovery");
  const [linked, setLinked] = useState<Download | null>(null);
  const list = usePages(keys.downloads, "/api/v1/exports");
  const columns = useColumns(setLinked);
  return (
    <>
      <PageHeader
        title={t("downloads.title")}
        crumbs={[{ label: t("title"), to: "/recovery" }]}
        description={t("downloads.description")}
      />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconPackage} title={t("downloads.none")} text={t("downloads.noneText")} />
      )}
      {list.rows.length > 0 && (
        <DataTable
          label={t("downloads.title")}
          columns={columns}
          rows={list.rows}
          rowId={(row) => row.id}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
        />
      )}
      {linked !== null && <LinkDialog download={linked} onClose={() => setLinked(null)} />}
    </>
  );
}

function useColumns(onLink: (download: Download) => void): Column<Download>[] {
  const { t } = useTranslation("recovery");
  return [
    {
      id: "title",
      header: t("downloads.what"),
      width: "minmax(160px, 1fr)",
      cell: (row) => row.title,
    },
    {
      id: "state",
      header: t("downloads.state"),
      width: "110px",
      cell: (row) => (
        <Badge variant={row.state === "ready" ? "filled" : "default"}>
          {t(`downloads.${row.state}`)}
        </Badge>
      ),
    },
    {
      id: "parts",
      header: t("downloads.parts"),
      width: "80px",
      align: "end",
      cell: (row) => <Count value={row.parts.length} />,
      hideOnPhone: true,
    },
    {
      id: "size",
      header: t("list.size"),
      width: "100px",
      align: "end",
      cell: (row) => <Bytes value={row.size_bytes} />,
    },
    {
      id: "expires",
      header: t("downloads.expires"),
      width: "190px",
      cell: (row) => <When time={row.expires} />,
    },
    {
      id: "actions",
      header: t("downloads.actions"),
      width: "230px",
      cell: (row) => <Actions download={row} onLink={onLink} />,
    },
  ];
}

interface ActionsProps {
  download: Download;
  onLink: (download: Download) => void;
}

function Actions({ download, onLink }: ActionsProps) {
  const { t } = useTranslation("recovery");
  const confirm = useConfirm();
  const client = useQueryClient();
  if (download.state !== "ready") {
    return null;
  }
  const remove = async () => {
    await answer(
      api.DELETE("/api/v1/exports/{download_id}", {
        params: { path: { download_id: download.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: [keys.downloads] });
  };
  return (
    <Group gap={4}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLink size={16} aria-hidden />}
        onClick={() => onLink(download)}
      >
        {t("downloads.link")}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() =>
          confirm({
            title: t("downloads.deleteTitle"),
            text: t("downloads.deleteText", { title: download.title }),
            confirmLabel: t("downloads.delete"),
            command: command("download.delete", { download: download.id }),
            danger: true,
            onConfirm: remove,
          })
        }
      >
        {t("downloads.delete")}
      </Button>
    </Group>
  );
}
