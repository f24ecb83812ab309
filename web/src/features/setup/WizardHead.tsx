import { Collapse, Group, List, Progress, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isWithinReach, STEPS, type Step } from "@/features/setup/steps";
import { LinkText } from "@/ui/links";
import { PageHeader } from "@/ui/PageHeader";

interface Props {
  step: Step;
  done: ReadonlySet<Step>;
}

/** Where in the set-up one is, and the way to the other steps. */
export function WizardHead({ step, done }: Props) {
  const { t } = useTranslation("setup");
  const [isOpen, list] = useDisclosure(false);
  const place = STEPS.indexOf(step) + 1;
  return (
    <>
      <Stack gap={6} mb="lg">
        <UnstyledButton onClick={list.toggle} aria-expanded={isOpen}>
          <Group gap={6}>
            <Text size="sm" c="dimmed">
              {t("head.place", { place, count: STEPS.length })}
            </Text>
            <IconChevronDown size={14} aria-hidden />
          </Group>
        </UnstyledButton>
        <Progress
          value={(100 * done.size) / STEPS.length}
          size="sm"
          aria-label={t("head.done", { count: done.size, of: STEPS.length })}
        />
        <Collapse expanded={isOpen}>
          <StepList step={step} done={done} onFollowed={list.close} />
        </Collapse>
      </Stack>
      <PageHeader title={t(`step.${step}`)} description={t(`step.${step}.text`)} />
    </>
  );
}

function StepList({ step, done, onFollowed }: Props & { onFollowed: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <List listStyleType="none" spacing={6} pt="xs" size="sm">
      {STEPS.map((one) => (
        <List.Item key={one} icon={<StepMark isDone={done.has(one)} />}>
          {isWithinReach(done, one) ? (
            <LinkText
              to="/setup"
              search={{ step: one }}
              onClick={onFollowed}
              inherit
              aria-current={one === step ? "step" : undefined}
            >
              {t(`step.${one}`)}
            </LinkText>
          ) : (
            <Text span inherit c="dimmed">
              {t(`step.${one}`)}
            </Text>
          )}
        </List.Item>
      ))}
    </List>
  );
}

function StepMark({ isDone }: { isDone: boolean }) {
  const { t } = useTranslation("setup");
  const Icon = isDone ? IconCircleCheck : IconCircleDashed;
  return (
    <Icon
      size={18}
      role="img"
      aria-label={isDone ? t("head.isDone") : t("head.isOpen")}
      color={isDone ? "var(--mantine-color-green-text)" : "var(--mantine-color-dimmed)"}
    />
  );
}
