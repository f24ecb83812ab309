import { Anchor, Button, Modal, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { JobDetail } from "@/features/jobs/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { When } from "@/ui/When";

/** What a job leaves to be fetched: an export's zip files, or the report of a restore. */
export function DownloadResults({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const downloadId = job.result.download_id;
  if (job.kind === "export" && typeof downloadId === "string") {
    return <PreparedDownload downloadId={downloadId} />;
  }
  if (job.kind === "restore" && job.ended_at !== null && job.status !== "canceled") {
    return (
      <Button
        component="a"
        href={`/api/v1/restores/${job.id}/results?bom=true`}
        download
        leftSection={<IconDownload size={16} />}
      >
        {t("action.results")}
      </Button>
    );
  }
  return null;
}

function PreparedDownload({ downloadId }: { downloadId: string }) {
  const { t } = useTranslation("jobs");
  const [isOpen, setIsOpen] = useState(false);
  const download = useQuery({
    queryKey: [keys.downloads, downloadId],
    queryFn: () =>
      answer(
        api.GET("/api/v1/exports/{download_id}", { params: { path: { download_id: downloadId } } }),
      ),
  });
  if (download.data?.state !== "ready") {
    return (
      <Text size="sm" c="dimmed">
        {download.isPending ? "" : t("download.gone")}
      </Text>
    );
  }
  return (
    <>
      <Button leftSection={<IconDownload size={16} />} onClick={() => setIsOpen(true)}>
        {t("action.results")}
      </Button>
      <Modal opened={isOpen} onClose={() => setIsOpen(false)} title={t("download.title")}>
        <Parts downloadId={downloadId} expires={download.data.expires} />
      </Modal>
    </>
  );
}

/** The link is made when it is asked for: the one before ends with it. */
function Parts({ downloadId, expires }: { downloadId: string; expires: string }) {
  const { t } = useTranslation("jobs");
  const link = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/exports/{download_id}/link", {
          params: { path: { download_id: downloadId } },
        }),
      ),
  });
  const landing = useQuery({
    queryKey: [keys.downloads, "landing", link.data?.token],
    queryFn: () =>
      answer(
        api.GET("/api/v1/downloads/{token}", {
          params: { path: { token: link.data?.token ?? "" } },
        }),
      ),
    enabled: link.data !== undefined,
  });
  return (
    <Stack>
      <Text size="sm">
        {t("download.until")} <When time={expires} />
      </Text>
      {link.error !== null && <ErrorState error={link.error} />}
      {landing.data === undefined ? (
        <Button onClick={() => link.mutate()} loading={link.isPending}>
          {t("download.makeLink")}
        </Button>
      ) : (
        landing.data.parts.map((part) => (
          <Anchor
            key={part.number}
            href={`/api/v1/downloads/${link.data?.token}/parts/${part.number}`}
            download
          >
            {part.name} (<Bytes value={part.size_bytes} />)
          </Anchor>
        ))
      )}
    </Stack>
  );
}
