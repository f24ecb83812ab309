import { Alert, Button, Code, Group, Stack, Switch } from "@mantine/core";
import { IconFileZip, IconRefresh, IconRocket } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { saveFile } from "@/api/save-file";
import { DecommissionSection } from "@/features/settings/DecommissionSection";
import { Section } from "@/features/settings/Section";
import { addressQuery, useFacts } from "@/features/setup/queries";
import { doneSteps, REQUIRED } from "@/features/setup/steps";
import { CheckRows } from "@/ui/CheckRows";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Facts } from "@/ui/Facts";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { ButtonLink } from "@/ui/RouteLinks";
import { When } from "@/ui/When";

/** How the appliance is: its checks, how it is reached, its version, and help for helpers. */
export function AppliancePage() {
  const { t } = useTranslation("settings");
  return (
    <>
      <PageHeader title={t("appliance")} />
      <UnfinishedSetup />
      <HealthSection />
      <AddressSection />
      <SupportSection />
      <AboutSection />
      <DecommissionSection />
    </>
  );
}

function UnfinishedSetup() {
  const { t } = useTranslation("settings");
  const { facts } = useFacts();
  if (facts === undefined || REQUIRED.every((step) => doneSteps(facts).has(step))) {
    return null;
  }
  return (
    <Alert color="blue" variant="light" icon={<IconRocket />} title={t("appliance.setup")} mb="lg">
      <ButtonLink size="xs" to="/setup" search={{}}>
        {t("appliance.goOn")}
      </ButtonLink>
    </Alert>
  );
}

function HealthSection() {
  const { t } = useTranslation("settings");
  const health = useQuery({
    queryKey: [keys.appliance, "health"],
    queryFn: () => answer(api.GET("/api/v1/appliance/health")),
  });
  return (
    <Section title={t("appliance.health")} text={t("appliance.text")}>
      {health.error !== null && (
        <ErrorState error={health.error} onRetry={() => void health.refetch()} />
      )}
      {health.isPending && <Loading rows={6} />}
      {health.data !== undefined && (
        <CheckRows checks={health.data.items} label={t("appliance.health")} />
      )}
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} />}
          loading={health.isFetching}
          onClick={() => void health.refetch()}
        >
          {t("appliance.again")}
        </Button>
        <CliHint command={command("doctor")} />
      </Group>
    </Section>
  );
}

function AddressSection() {
  const { t } = useTranslation("settings");
  const address = useQuery(addressQuery);
  if (address.data === undefined) {
    return null;
  }
  return (
    <Section title={t("appliance.address")}>
      <CheckRows checks={address.data.checks.items} label={t("appliance.address")} />
    </Section>
  );
}

function SupportSection() {
  const { t } = useTranslation("settings");
  const [withNames, setWithNames] = useState(false);
  const make = useMutation({
    mutationFn: async () => {
      const made = await answer(
        api.POST("/api/v1/appliance/support-bundle", {
          body: { with_names: withNames },
          parseAs: "blob",
        }),
      );
      saveFile(made as unknown as Blob, "dropally-support.zip");
    },
  });
  return (
    <Section title={t("appliance.support")} text={t("appliance.supportText")}>
      <Stack>
        <Switch
          checked={withNames}
          onChange={(event) => setWithNames(event.currentTarget.checked)}
          label={t("appliance.withNames")}
          description={t("appliance.withNamesText")}
        />
        {make.error !== null && <ErrorState error={make.error} />}
        <Group justify="space-between">
          <Button
            variant="default"
            leftSection={<IconFileZip size={18} />}
            loading={make.isPending}
            onClick={() => make.mutate()}
          >
            {t("appliance.makeBundle")}
          </Button>
          <CliHint command={command(withNames ? "self.bundleWithNames" : "self.bundle")} />
        </Group>
      </Stack>
    </Section>
  );
}

function AboutSection() {
  const { t } = useTranslation("settings");
  const about = useQuery({
    queryKey: [keys.appliance, "about"],
    queryFn: () => answer(api.GET("/api/v1/appliance")),
  });
  if (about.data === undefined) {
    return null;
  }
  const { version, name, state, time } = about.data;
  return (
    <Section title={t("appliance.about")}>
      <Facts
        facts={[
          [t("appliance.version"), <Code key="version">{version}</Code>],
          [t("appliance.name"), name],
          [t("appliance.state"), t(state === "setup" ? "appliance.setup" : `appliance.${state}`)],
          [t("appliance.time"), <When key="time" time={time} />],
        ]}
      />
    </Section>
  );
}
