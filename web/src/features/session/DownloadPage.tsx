import { Alert, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useLinkToken } from "@/features/session/link-token";
import { PlainCard } from "@/features/session/PlainCard";
import { CopyField } from "@/ui/CopyField";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

type Part = components["schemas"]["LandingView"]["parts"][number];

/** What a download link opens: its files, with size, checksum, and until when. */
export function DownloadPage() {
  const { t } = useTranslation("session");
  const token = useLinkToken();
  const found = useQuery({
    queryKey: ["download", token],
    queryFn: () => answer(api.GET("/api/v1/downloads/{token}", { params: { path: { token } } })),
    retry: false,
  });
  if (found.error !== null) {
    return (
      <PlainCard title={t("download.title")}>
        <ErrorState error={found.error} />
      </PlainCard>
    );
  }
  if (found.data === undefined) {
    return <Loading rows={3} />;
  }
  const { title, expires, problems, parts } = found.data;
  return (
    <PlainCard
      title={title}
      text={
        <>
          {t("download.until")} <When time={expires} />
        </>
      }
    >
      {problems > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle />}>
          {t("download.problems", { count: problems })}
        </Alert>
      )}
      {parts.map((part) => (
        <PartCard key={part.number} part={part} token={token} />
      ))}
    </PlainCard>
  );
}

function PartCard({ part, token }: { part: Part; token: string }) {
  const { t } = useTranslation("session");
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={500} style={{ overflowWrap: "anywhere" }}>
            {part.name}
          </Text>
          <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            <Bytes value={part.size_bytes} />
          </Text>
        </Group>
        <Button
          component="a"
          href={`/api/v1/downloads/${encodeURIComponent(token)}/parts/${part.number}`}
          leftSection={<IconDownload size={18} />}
        >
          {t("download.fetch")}
        </Button>
        <CopyField label="SHA-256" value={part.sha256} />
      </Stack>
    </Card>
  );
}
