import Activity from '@lucide/svelte/icons/activity';
import BookOpen from '@lucide/svelte/icons/book-open';
import Grid from '@lucide/svelte/icons/grid-2x2';
import Handshake from '@lucide/svelte/icons/handshake';
import Landmark from '@lucide/svelte/icons/landmark';
import Layers from '@lucide/svelte/icons/layers';
import Lightbulb from '@lucide/svelte/icons/lightbulb';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Palette from '@lucide/svelte/icons/palette';
import Rewind from '@lucide/svelte/icons/rewind';
import Route from '@lucide/svelte/icons/route';
import Scroll from '@lucide/svelte/icons/scroll';
import Shield from '@lucide/svelte/icons/shield';
import Sprout from '@lucide/svelte/icons/sprout';
import Sunrise from '@lucide/svelte/icons/sunrise';
import Target from '@lucide/svelte/icons/target';
import Users from '@lucide/svelte/icons/users';
import type { Component } from 'svelte';

const icons: Record<string, Component<any>> = {
  activity: Activity,
  'grid-2x2': Grid,
  handshake: Handshake,
  landmark: Landmark,
  layers: Layers,
  lightbulb: Lightbulb,
  'list-checks': ListChecks,
  palette: Palette,
  rewind: Rewind,
  route: Route,
  scroll: Scroll,
  shield: Shield,
  sprout: Sprout,
  sunrise: Sunrise,
  target: Target,
  users: Users,
};

/** The picture of a template; a book for one that names none that is known. */
export function iconOf(name: string): Component<any> {
  return icons[name] ?? BookOpen;
}
