import shared from '../../shared/i18n/es.json';
import own from './es.json';

export default { ...shared, ...own };
