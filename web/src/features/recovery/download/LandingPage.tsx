import { Alert, Button, Code, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { CopyIcon } from "@/ui/CopyField";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { PageError } from "@/ui/PageError";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

/** What somebody with a link sees: the files, and until when they are there. No sign-in. */
export function LandingPage() {
  const { t } = useTranslation("recovery");
  const token = window.location.hash.slice(1);
  const found = useQuery({
    queryKey: [keys.downloads, "landing", token],
    queryFn: () => answer(api.GET("/api/v1/downloads/{token}", { params: { path: { token } } })),
    enabled: token !== "",
  });
  if (token === "") {
    return <PageHeader title={t("landing.title")} description={t("landing.noToken")} />;
  }
  if (found.isError) {
    return <PageError error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (found.data === undefined) {
    return <Loading />;
  }
  const { title, expires, size_bytes: size, problems, parts } = found.data;
  const address = (number: number) =>
    `/api/v1/downloads/${encodeURIComponent(token)}/parts/${number}`;
  return (
    <Stack>
      <PageHeader
        title={title}
        description={
          <>
            <Bytes value={size} /> · {t("landing.until")} <When time={expires} />
          </>
        }
      />
      {problems > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle />}>
          {t("landing.problems", { count: problems })}
        </Alert>
      )}
      {parts.map((part) => (
        <Paper key={part.number} withBorder p="md" component="section" aria-label={part.name}>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {part.name}
          </Text>
          <Text size="sm" c="dimmed">
            <Bytes value={part.size_bytes} />
          </Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            SHA-256 <Code>{part.sha256}</Code> <CopyIcon value={part.sha256} label="SHA-256" />
          </Text>
          <Button
            mt="xs"
            component="a"
            href={address(part.number)}
            download
            leftSection={<IconDownload size={18} aria-hidden />}
          >
            {t("landing.fetch")}
          </Button>
        </Paper>
      ))}
      <Text size="sm" c="dimmed">
        {t("landing.resume")}
      </Text>
    </Stack>
  );
}
