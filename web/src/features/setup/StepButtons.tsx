import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { STEPS, type Step, stepAfter } from "@/features/setup/steps";
import { LinkButton } from "@/ui/links";

interface Props {
  step: Step;
  /** What goes on; left out, a plain link does. */
  children?: ReactNode;
  /** The step may be left out. */
  canSkip?: boolean;
}

/** At the end of a step: back, later, and on. */
export function StepButtons({ step, children, canSkip = false }: Props) {
  const { t } = useTranslation("setup");
  const before = STEPS[STEPS.indexOf(step) - 1];
  return (
    <Group justify="space-between" mt="xl">
      {before === undefined ? (
        <span />
      ) : (
        <LinkButton variant="default" to="/setup" search={{ step: before }}>
          {t("back")}
        </LinkButton>
      )}
      <Group gap="xs">
        {canSkip && (
          <LinkButton variant="subtle" to="/setup" search={{ step: stepAfter(step) }}>
            {t("later")}
          </LinkButton>
        )}
        {children ?? (
          <LinkButton to="/setup" search={{ step: stepAfter(step) }}>
            {t("continue")}
          </LinkButton>
        )}
      </Group>
    </Group>
  );
}
