import { Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconLifebuoy, IconSparkles } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "@/features/setup/WayChoice.module.css";
import { LinkCard } from "@/ui/links";
import { PageHeader } from "@/ui/PageHeader";

const WAYS = [
  ["new", IconSparkles],
  ["recover", IconLifebuoy],
] as const;

/** The first question: a new appliance, or the one that was lost. */
export function WayChoice() {
  const { t } = useTranslation("setup");
  return (
    <>
      <PageHeader title={t("way.title")} description={t("way.text")} />
      <Stack>
        {WAYS.map(([way, Icon]) => (
          <LinkCard
            key={way}
            to="/setup"
            search={{ way }}
            withBorder
            padding="lg"
            className={classes.way ?? ""}
          >
            <Group wrap="nowrap" align="flex-start">
              <ThemeIcon variant="light" size="xl" aria-hidden>
                <Icon size={22} stroke={1.7} />
              </ThemeIcon>
              <Stack gap={4}>
                <Title order={2} size="h4">
                  {t(`way.${way}`)}
                </Title>
                <Text c="dimmed" size="sm">
                  {t(`way.${way}.text`)}
                </Text>
              </Stack>
            </Group>
          </LinkCard>
        ))}
      </Stack>
    </>
  );
}
