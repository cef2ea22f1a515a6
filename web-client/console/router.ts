/** Addresses are fragments: the gateway serves one page, at / and at /console. */
import { createRouter, createWebHashHistory } from 'vue-router';
import Today from './pages/Today.vue';

/** What somebody sees: by their role; keepers are auditors. */
export type Face = 'officer' | 'inspector' | 'office' | 'administrator' | 'procurator' | 'security' | 'keeper';

export const homeOf: Readonly<Record<Face, string>> = {
    officer: '/visits',
    inspector: '/rollcalls',
    office: '/tickets',
    administrator: '/people',
    procurator: '/archive',
    security: '/people',
    keeper: '/purges',
};

declare module 'vue-router' {
    interface RouteMeta {
        /** Who may be here; the gateway refuses others anyway. */
        faces?: readonly Face[];
        title?: string;
    }
}

export const router = createRouter({
    history: createWebHashHistory(location.pathname),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
        { path: '/', name: 'home', redirect: '/visits' },
        { path: '/visits', name: 'visits', component: Today, meta: { faces: ['officer'], title: 'common.nav.today' } },
        {
            path: '/visits/:id',
            name: 'visit',
            component: () => import('./pages/VisitPage.vue'),
            props: true,
            meta: { faces: ['officer'], title: 'common.nav.today' },
        },
        {
            path: '/wall',
            name: 'wall',
            component: () => import('./pages/WallPage.vue'),
            meta: { faces: ['officer'], title: 'common.nav.wall' },
        },
        {
            path: '/archive',
            name: 'archive',
            component: () => import('./pages/ArchivePage.vue'),
            meta: { faces: ['officer', 'procurator'], title: 'common.nav.archive' },
        },
        {
            path: '/archive/:session',
            name: 'recording',
            component: () => import('./pages/RecordingPage.vue'),
            props: true,
            meta: { faces: ['officer', 'procurator'], title: 'common.nav.archive' },
        },
        {
            path: '/reviews',
            name: 'reviews',
            component: () => import('./pages/ReviewsPage.vue'),
            meta: { faces: ['officer', 'keeper'], title: 'common.nav.reviews' },
        },
        {
            path: '/draws',
            name: 'draws',
            component: () => import('./pages/DrawsPage.vue'),
            meta: { faces: ['officer', 'keeper'], title: 'common.nav.draws' },
        },
        {
            path: '/observed',
            name: 'observed',
            component: () => import('./pages/ObservedPage.vue'),
            meta: { faces: ['officer', 'security', 'keeper'], title: 'common.nav.observed' },
        },
        {
            path: '/holds',
            name: 'holds',
            component: () => import('./pages/HoldsPage.vue'),
            meta: { faces: ['officer', 'procurator', 'security', 'keeper'], title: 'common.nav.holds' },
        },
        {
            path: '/purges',
            name: 'purges',
            component: () => import('./pages/PurgesPage.vue'),
            meta: { faces: ['officer', 'security', 'keeper'], title: 'common.nav.purges' },
        },
        {
            path: '/remarks',
            name: 'remarks',
            component: () => import('./pages/RemarksPage.vue'),
            meta: { faces: ['officer', 'procurator'], title: 'common.nav.remarks' },
        },
        {
            path: '/own-log',
            name: 'own-log',
            component: () => import('./pages/OwnLogPage.vue'),
            meta: { faces: ['procurator'], title: 'common.nav.ownLog' },
        },
        {
            path: '/monitor',
            name: 'monitor',
            component: () => import('./pages/MonitorPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.wall' },
        },
        {
            path: '/map',
            name: 'map',
            component: () => import('./pages/MapPage.vue'),
            meta: { faces: ['inspector', 'office', 'administrator'], title: 'common.nav.cases' },
        },
        {
            path: '/cases/:id',
            name: 'case',
            component: () => import('./pages/CasePage.vue'),
            props: true,
            meta: { faces: ['inspector', 'office'], title: 'common.nav.cases' },
        },
        {
            path: '/emergency',
            name: 'emergency',
            component: () => import('./pages/EmergencyPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.emergency' },
        },
        {
            path: '/rooms/:id',
            name: 'room',
            component: () => import('./pages/RoomPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.emergency' },
        },
        {
            path: '/our-lessons',
            name: 'our-lessons',
            component: () => import('./pages/OurLessonsPage.vue'),
            meta: { faces: ['office'], title: 'common.nav.lessons' },
        },
        {
            path: '/tickets',
            name: 'tickets',
            component: () => import('./pages/TicketsPage.vue'),
            meta: { faces: ['inspector', 'office'], title: 'common.nav.tickets' },
        },
        {
            path: '/rollcalls',
            name: 'rollcalls',
            component: () => import('./pages/RollcallsPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.rollcall' },
        },
        {
            path: '/rollcalls/:id',
            name: 'rollcall',
            component: () => import('./pages/RollcallPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.rollcall' },
        },
        {
            path: '/spotchecks',
            name: 'spotchecks',
            component: () => import('./pages/SpotchecksPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.spotchecks' },
        },
        {
            path: '/spotchecks/new',
            name: 'spotcheck-new',
            component: () => import('./pages/SpotcheckNewPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.spotchecks' },
        },
        {
            path: '/spotchecks/:id',
            name: 'spotcheck',
            component: () => import('./pages/SpotcheckPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.spotchecks' },
        },
        {
            path: '/supervisees',
            name: 'supervisees',
            component: () => import('./pages/SuperviseesPage.vue'),
            meta: { faces: ['inspector', 'office', 'officer'], title: 'common.nav.supervisees' },
        },
        {
            path: '/photos',
            name: 'photos',
            component: () => import('./pages/PhotosPage.vue'),
            meta: { faces: ['inspector', 'office', 'officer'], title: 'common.nav.photos' },
        },
        {
            path: '/lessons',
            name: 'lessons',
            component: () => import('./pages/LessonsPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.lessons' },
        },
        {
            path: '/lessons/:id',
            name: 'lesson',
            component: () => import('./pages/LessonPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.lessons' },
        },
        {
            path: '/tickets/:id',
            name: 'ticket',
            component: () => import('./pages/TicketPage.vue'),
            props: true,
            meta: { faces: ['inspector', 'office'], title: 'common.nav.tickets' },
        },
        {
            path: '/duty',
            name: 'duty',
            component: () => import('./pages/DutyPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.duty' },
        },
        {
            path: '/duty/:id',
            name: 'shift',
            component: () => import('./pages/ShiftPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.duty' },
        },
        {
            path: '/reports',
            name: 'reports',
            component: () => import('./pages/ReportsPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.reports' },
        },
        {
            path: '/reports/:id',
            name: 'report',
            component: () => import('./pages/ReportPage.vue'),
            props: true,
            meta: { faces: ['inspector'], title: 'common.nav.reports' },
        },
        {
            path: '/ranking',
            name: 'ranking',
            component: () => import('./pages/RankingPage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.reports' },
        },
        {
            path: '/coverage',
            name: 'coverage',
            component: () => import('./pages/CoveragePage.vue'),
            meta: { faces: ['inspector'], title: 'common.nav.reports' },
        },
        {
            path: '/people',
            name: 'people',
            component: () => import('./pages/PeoplePage.vue'),
            meta: { faces: ['administrator', 'security'], title: 'common.nav.people' },
        },
        {
            path: '/terminals',
            name: 'terminals',
            component: () => import('./pages/TerminalsPage.vue'),
            meta: { faces: ['administrator'], title: 'common.nav.terminals' },
        },
        {
            path: '/cameras',
            name: 'cameras',
            component: () => import('./pages/CamerasPage.vue'),
            meta: { faces: ['administrator', 'inspector'], title: 'common.nav.cameras' },
        },
        {
            path: '/units',
            name: 'units',
            component: () => import('./pages/UnitsPage.vue'),
            meta: { faces: ['administrator'], title: 'common.nav.units' },
        },
        {
            path: '/platforms',
            name: 'platforms',
            component: () => import('./pages/PlatformsPage.vue'),
            meta: { faces: ['administrator'], title: 'common.nav.platforms' },
        },
        {
            path: '/weights',
            name: 'weights',
            component: () => import('./pages/WeightsPage.vue'),
            meta: { faces: ['administrator'], title: 'common.nav.weights' },
        },
        {
            path: '/audit',
            name: 'audit',
            component: () => import('./pages/AuditPage.vue'),
            meta: { faces: ['administrator', 'keeper'], title: 'common.nav.audit' },
        },
        { path: '/:rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
    ],
});
