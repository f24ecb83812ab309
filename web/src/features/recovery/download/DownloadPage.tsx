import { Button, Group, NativeSelect, Radio, Stack, Text } from "@mantine/core";
import { IconDownload, IconPackageExport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BasketSum } from "@/features/recovery/basket/BasketSum";
import { useBasket } from "@/features/recovery/basket/basket";
import { useStartExport } from "@/features/recovery/download/start-export";
import { consoleSettingsQuery } from "@/features/recovery/queries";
import { Choice } from "@/features/recovery/restore/Choice";
import { EmptyBasket } from "@/features/recovery/restore/RestorePage";
import { useSources } from "@/features/recovery/restore/sources";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

const GIB = 1024 ** 3;
const PARTS = [0, 2, 10, 50];

type Way = "now" | "prepared";

/** The basket as a zip file: at once, or prepared with a link. */
export function DownloadPage() {
  const { t } = useTranslation("recovery");
  const { basket, isLoading, error } = useBasket();
  const { names } = useSources();
  const [way, setWay] = useState<Way>("now");
  const isEmpty = basket.rows.length === 0;
  return (
    <>
      <PageHeader
        title={t("download.title")}
        crumbs={[{ label: t("title"), to: "/recovery" }]}
        {...(names === "" ? {} : { description: t("download.sentence", { names }) })}
        actions={
          <Button component={Link} to="/recovery/downloads" variant="default">
            {t("downloads.title")}
          </Button>
        }
      />
      {error !== null && <ErrorState error={error} />}
      {isLoading && <Loading />}
      {!isLoading && error === null && isEmpty && <EmptyBasket />}
      {!isEmpty && (
        <Stack maw={860}>
          <BasketSum />
          <Radio.Group
            value={way}
            onChange={(value) => setWay(value === "prepared" ? value : "now")}
            aria-label={t("download.title")}
          >
            <Stack gap="xs">
              <Choice value="now" label={t("download.now")} description={t("download.nowText")} />
              <PreparedChoice />
            </Stack>
          </Radio.Group>
          {way === "now" ? <Now selectionId={basket.id} /> : <Prepared selectionId={basket.id} />}
        </Stack>
      )}
    </>
  );
}

function PreparedChoice() {
  const { t } = useTranslation("recovery");
  const settings = useQuery(consoleSettingsQuery);
  const hours = Math.round((settings.data?.download_link_seconds ?? 0) / 3600);
  return (
    <Choice
      value="prepared"
      label={t("download.prepared")}
      description={t("download.preparedText", { count: hours })}
    />
  );
}

function Now({ selectionId }: { selectionId: string }) {
  const { t } = useTranslation("recovery");
  return (
    <Group>
      <Button
        component="a"
        href={`/api/v1/selections/${encodeURIComponent(selectionId)}/zip`}
        download
        leftSection={<IconDownload size={18} aria-hidden />}
      >
        {t("download.start")}
      </Button>
      <CliHint command={`dropally selection zip ${selectionId}`} />
    </Group>
  );
}

function Prepared({ selectionId }: { selectionId: string }) {
  const { t } = useTranslation("recovery");
  const [partGib, setPartGib] = useState(0);
  const start = useStartExport();
  const parts = partGib === 0 ? "" : ` --part-bytes ${partGib * GIB}`;
  return (
    <Stack align="flex-start">
      <NativeSelect
        label={t("download.parts")}
        value={String(partGib)}
        data={PARTS.map((size) => ({
          value: String(size),
          label: size === 0 ? t("download.onePart") : t("download.partsOf", { size }),
        }))}
        onChange={(event) => setPartGib(Number(event.currentTarget.value))}
      />
      <Text size="sm" c="dimmed">
        {t("download.linkText")}
      </Text>
      {start.isError && <ErrorState error={start.error} />}
      <Group>
        <Button
          loading={start.isPending}
          leftSection={<IconPackageExport size={18} aria-hidden />}
          onClick={() => start.mutate({ to: "download", folder: "", part_bytes: partGib * GIB })}
        >
          {t("download.prepare")}
        </Button>
        <CliHint command={`dropally download prepare ${selectionId}${parts}`} />
      </Group>
    </Stack>
  );
}
