import { Button, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { STEPS, type Step, stepAfter } from "@/features/setup/steps";

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
        <Button variant="default" component={Link} to="/setup" search={{ step: before }}>
          {t("back")}
        </Button>
      )}
      <Group gap="xs">
        {canSkip && (
          <Button variant="subtle" component={Link} to="/setup" search={{ step: stepAfter(step) }}>
            {t("later")}
          </Button>
        )}
        {children ?? (
          <Button component={Link} to="/setup" search={{ step: stepAfter(step) }}>
            {t("continue")}
          </Button>
        )}
      </Group>
    </Group>
  );
}
